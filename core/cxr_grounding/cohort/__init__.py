"""A cohort on Ray: a manifest of images through as many models as there is room for, into Parquet parts.

Needs `pip install "cxr-grounding[cluster]"`. Only `ray_session` and `stream` know Ray, and nothing else imports them.
"""
