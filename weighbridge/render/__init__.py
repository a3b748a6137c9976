"""One renderer a file, `<report>/<format>.py`: a frozen result in, text out. No renderer decides or imports another."""
