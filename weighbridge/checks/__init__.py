"""What is wrong with a spec or the quota file beyond the types of its keys, one module a part."""
