using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace AlertFunctions.Console.Tests;

/// <summary>Somebody who uses a page by the keyboard alone, and sees only where the focus is.</summary>
/// <param name="page">The page.</param>
internal sealed class Keyboard(IPage page)
{
    /// <summary>Nobody presses Tab more often than this to get somewhere on a page.</summary>
    private const int MostTabs = 60;

    private const int MostChoices = 60;

    /// <summary>
    /// Tabs to a control, forwards to the end of the page and on from its beginning. Fails where it is not reached, or where it cannot be seen that it has the focus.
    /// </summary>
    /// <param name="role">What the control is.</param>
    /// <param name="name">Its whole name.</param>
    /// <param name="back">Backwards instead.</param>
    public async Task ToAsync(AriaRole role, string name, bool back = false)
    {
        ILocator wanted = page.GetByRole(role, new() { Name = name, Exact = true });
        await Expect(wanted).ToBeVisibleAsync();
        var passed = new List<string>();
        while (!await HasFocusAsync(wanted))
        {
            Assert.True(passed.Count < MostTabs, $"{role} \"{name}\" is not reached within {MostTabs} tabs, but: {string.Join(" | ", passed)}");
            await PressAsync(back ? "Shift+Tab" : "Tab");
            passed.Add(await page.EvaluateAsync<string>("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText?.slice(0, 40) ?? document.activeElement.tagName"));
        }

        await AssertSeenAsync(wanted, name);
    }

    /// <summary>Tabs to a control and presses a key.</summary>
    public async Task PressAsync(AriaRole role, string name, string key = "Enter")
    {
        await ToAsync(role, name);
        await PressAsync(key);
    }

    /// <summary>Presses a key where the focus is.</summary>
    public Task PressAsync(string key) => page.Keyboard.PressAsync(key);

    /// <summary>Tabs to a text box, and types in place of what is in it.</summary>
    public async Task TypeAsync(AriaRole role, string name, string text)
    {
        await ToAsync(role, name);
        await PressAsync("ControlOrMeta+a");
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>Tabs to a list of choices, and goes through them by the arrow keys.</summary>
    public async Task ChooseAsync(string name, string choice)
    {
        await ToAsync(AriaRole.Combobox, name);
        await PressAsync("Home");
        for (int steps = 0; await page.EvaluateAsync<string>("document.activeElement.selectedOptions?.[0]?.text") != choice; steps++)
        {
            Assert.True(steps < MostChoices, $"\"{name}\" has no \"{choice}\".");
            await PressAsync("ArrowDown");
        }
    }

    /// <summary>Waits until a control has the focus by itself, as after a dialog.</summary>
    public async Task FindsFocusAtAsync(AriaRole role, string name)
    {
        ILocator wanted = page.GetByRole(role, new() { Name = name, Exact = true });
        await Expect(wanted).ToBeFocusedAsync();
        await AssertSeenAsync(wanted, name);
    }

    private static Task<bool> HasFocusAsync(ILocator wanted) => wanted.EvaluateAllAsync<bool>("elements => elements.includes(document.activeElement)");

    /// <summary>The focus has an outline, is in the window, and nothing covers it (WCAG 2.4.7 and 2.4.11).</summary>
    private static async Task AssertSeenAsync(ILocator wanted, string name) => Assert.Equal($"{name}: seen", $"{name}: " + await wanted.EvaluateAsync<string>(
        """
        async element => {
          await new Promise(requestAnimationFrame); // the browser scrolls to it
          const style = getComputedStyle(element);
          if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) return 'no outline';
          const place = element.getClientRects()[0];
          const [x, y] = [place.left + place.width / 2, place.top + place.height / 2];
          if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) return `outside the window at ${x}, ${y}`;
          const shown = document.elementFromPoint(x, y);
          return element.contains(shown) || shown?.contains(element) ? 'seen' : `behind ${shown?.outerHTML.slice(0, 200)}`;
        }
        """));
}
