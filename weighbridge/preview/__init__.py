"""One stack previewed: program and pack run offline, quota, changes and cost counted, all in one frozen result."""
