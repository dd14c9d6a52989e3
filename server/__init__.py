"""The ASGI application and its command line."""
