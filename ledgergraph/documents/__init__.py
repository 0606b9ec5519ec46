"""What arrived: files, batches, sniffing, limits, rejections; what it says is extractions."""
