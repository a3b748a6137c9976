"""A signed ticket says that one commit of a stack was previewed and admitted; an update that has none is refused.

`ticket` is what it says and how that is signed and checked, `keys` who signs (a file, or Cloud KMS) and the public key,
`digests` what the pack and the limits were.
"""
