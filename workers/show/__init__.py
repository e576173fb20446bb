"""What officials see: tables and panels in Chinese, made of what the archive's queries return.

Every function returns something that rich can print; nothing here reads or decides. Data never becomes markup or
control codes: a hostile name is shown as the letters it is made of.
"""
