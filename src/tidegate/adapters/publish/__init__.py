"""Where a site is put: folders, rsync, S3 and git."""
