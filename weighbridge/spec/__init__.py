"""What a person may write: the models of a spec and of the quota file. A field's docstring is its documentation."""
