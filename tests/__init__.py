"""Tests; a package so that support code has one name wherever it is imported."""
