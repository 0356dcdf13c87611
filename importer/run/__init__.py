"""What the tool does: the only place where tasks, sheets and the workspace meet. Prints nothing."""
