"""One renderer a file: a frozen result in, text out. No renderer decides anything or knows another."""
