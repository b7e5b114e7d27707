namespace Histoseg.Training.Config;

/// <summary>One value out of range.</summary>
/// <param name="Key">Full key, e.g. <c>data.patch_size</c>.</param>
/// <param name="Message">What is wrong and what is allowed, in words that follow the key.</param>
public readonly record struct ConfigIssue(string Key, string Message);
