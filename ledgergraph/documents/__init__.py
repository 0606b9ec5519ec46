"""What arrived: files, batches, sniffing, limits, rejections. What a document says is `extractions`."""
