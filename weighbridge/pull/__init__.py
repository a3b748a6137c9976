"""What becomes of Google Cloud's answers: the quota file as it should be, what nobody accounts for, how capacity looks.

reading ─ cloud_api ─▶ Reading | Unread     limits, unexplained, reservations, sold ─▶ quota_file ─▶ PulledFile
"""
