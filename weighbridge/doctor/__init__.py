"""What a deployment needs beside the specs: programs, the project's environment, state, APIs, permissions."""
