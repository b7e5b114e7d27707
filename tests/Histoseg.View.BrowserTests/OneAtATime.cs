// Frames are counted, and what the browser does meanwhile is measured.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
