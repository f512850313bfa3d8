"""The content types that we write into the storage ourselves."""

JPEG, MP4, M4A = "image/jpeg", "video/mp4", "audio/mp4"
