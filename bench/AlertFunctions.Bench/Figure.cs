namespace AlertFunctions.Bench;

/// <summary>What was measured of one kind of work.</summary>
/// <param name="Work">The work.</param>
/// <param name="Unit">What is counted per second.</param>
/// <param name="Product">Units per second by the product; null where something else is measured.</param>
/// <param name="Raw">Units per second by what it is compared with, in the same run: the mean of before and after; null where there is nothing to compare with.</param>
/// <param name="RawIs">What it is compared with: what the libraries alone did, or another product.</param>
internal sealed record Figure(string Work, string Unit = "", double? Product = null, double? Raw = null, string RawIs = "")
{
    /// <summary>The ratio that must be reached; null for none.</summary>
    public double? Required { get; init; }

    /// <summary>How long a request took, in milliseconds; null where none was measured.</summary>
    public Latency? Latency { get; init; }

    /// <summary>The product's memory afterwards, in MiB.</summary>
    public double? Memory { get; init; }

    /// <summary>The processor time of the product for each unit, in milliseconds.</summary>
    public double? ProcessorTime { get; init; }

    /// <summary>Storage operations for each unit, by kind; null where they were not counted.</summary>
    public IReadOnlyDictionary<string, double>? Operations { get; init; }

    /// <summary>What else was seen.</summary>
    public string Note { get; init; } = "";

    /// <summary>The product in relation to what it is compared with.</summary>
    public double? Ratio => Product / Raw;
}

/// <summary>Percentiles of how long requests took, in milliseconds.</summary>
internal sealed record Latency(double Median, double P95, double P99)
{
    public static Latency Of(IReadOnlyCollection<double> milliseconds)
    {
        double[] sorted = [.. milliseconds.Order()];
        return new Latency(At(0.5), At(0.95), At(0.99));

        double At(double part) => sorted[(int)Math.Min(sorted.Length - 1, part * sorted.Length)];
    }
}
