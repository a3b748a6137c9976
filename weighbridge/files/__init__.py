"""Reading and writing what people write: YAML and JSON, by the path of each value, with everything that is wrong.

text ─ yaml_text ─▶ document, position of each value ─ reading ─▶ model | FileError (problems with line and column)
"""
