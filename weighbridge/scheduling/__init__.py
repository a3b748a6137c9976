"""Pods against nodes: what a pod asks for, which pools may run it, and whether all pods have room at once."""
