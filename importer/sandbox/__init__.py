"""A workspace to practise on: stands in for the Toggl Focus API on this machine, written from the API's own
page and sharing no code with the client. `server.Sandbox` starts it, `faults` makes it misbehave.
"""
