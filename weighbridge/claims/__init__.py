"""What pull requests reserve of the shared limits before they are merged, and what is deployed until it is destroyed.

`book` says who holds what, `held` what of that the ledger has to count beyond the specs; both are pure. A store keeps
one book a project as one checked text (`book_text`): `folder_store` and `bucket_store`, behind the interface in
`store`. `opening` opens the one that the quota file names.
"""
