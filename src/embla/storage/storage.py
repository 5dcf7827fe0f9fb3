"""What a folder and a bucket have in common, for those who do not care which it is."""

from embla.storage.bucket import Bucket
from embla.storage.folder import Folder

Storage = Folder | Bucket
