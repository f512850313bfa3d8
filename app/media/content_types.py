"""The content types that we write into the storage ourselves."""

JPEG, MP4 = "image/jpeg", "video/mp4"
