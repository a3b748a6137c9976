"""Signals as alert policies: a spec's conditions, channels and objectives; the policies a program holds; their cost."""
