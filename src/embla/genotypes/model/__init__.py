"""The rules of counting, pure: policy, entry codes, packs, counts. No files, no database, no clock."""
