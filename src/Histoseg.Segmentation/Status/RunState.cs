namespace Histoseg.Segmentation.Status;

/// <summary>A run on an output folder.</summary>
/// <param name="Metadata">The name of its record.</param>
/// <param name="State">
/// <c>running</c>, <c>finished</c>, <c>stopped</c>, <c>failed</c>, <c>died</c>, or <c>unknown</c>: on another machine, and at no slide.
/// </param>
/// <param name="Host">The machine.</param>
/// <param name="Process">The number of its process there.</param>
/// <param name="Shard">Its part of the slides; null: all.</param>
/// <param name="Started">When it began, UTC.</param>
/// <param name="Finished">When it ended, UTC; null: it did not.</param>
/// <param name="Error">What ended it, where that was no slide.</param>
internal sealed record RunState(string Metadata, string State, string? Host, int Process, string? Shard, DateTime Started, DateTime? Finished, string? Error);
