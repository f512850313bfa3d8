"""Objects in the object storage: presigned, verified, expired."""
