"""What `compat.serialization` is made of: archives, the restricted unpickler, and files from before version 1.6."""
