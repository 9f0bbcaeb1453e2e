"""Credentials of shops: checked by a sign-in, stored in SSM, moved there from the app's columns."""
