"""Forms made of the models of messages, and what was typed in them made a message again."""
