"""Composition: settings, routes, the ASGI application, and the server. Imported by nobody."""
