"""Values of a submission, pure: manifest, findings, acknowledgement."""
