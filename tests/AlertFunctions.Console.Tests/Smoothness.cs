using Microsoft.Playwright;

namespace AlertFunctions.Console.Tests;

/// <summary>How fast a page with thousands of rows is, as the browser measures it.</summary>
internal static class Smoothness
{
    private const int Rounds = 5;
    private const int MostMilliseconds = 1_000;
    private const int LongestFrame = 100;

    /// <summary>
    /// Fails where the first paint takes a second or a frame more than 100 milliseconds while the page is scrolled, by a little and by much. A machine that does other work beside this has no
    /// say in how fast the page is: what counts is the best of several rounds, frame by frame.
    /// </summary>
    /// <param name="page">The page.</param>
    /// <param name="showAll">Brings all rows into the page after it was loaded anew.</param>
    public static async Task AssertAsync(IPage page, Func<Task> showAll)
    {
        double firstPaint = double.MaxValue;
        double[] frames = [];
        for (int round = 0; round < Rounds; round++)
        {
            await page.ReloadAsync();
            await showAll();
            firstPaint = Math.Min(firstPaint, await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime"));
            double[] now = await page.EvaluateAsync<double[]>(
                """
                () => new Promise(resolve => {
                  const frames = [];
                  let before = null;
                  scrollTo(0, 0);
                  const next = now => {
                    if (before !== null) frames.push(now - before);
                    before = now;
                    scrollBy(0, frames.length % 20 === 19 ? 40_000 : 700);
                    if (frames.length < 100) requestAnimationFrame(next); else resolve(frames);
                  };
                  requestAnimationFrame(next);
                })
                """);
            frames = round == 0 ? now : [.. frames.Zip(now, Math.Min)];
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"First paint {firstPaint:F0} ms, longest frame {frames.Max():F0} ms.");
        Assert.True(firstPaint < MostMilliseconds, $"The first paint took {firstPaint} ms.");
        Assert.True(frames.Max() <= LongestFrame, $"A frame took {frames.Max()} ms.");
    }
}
