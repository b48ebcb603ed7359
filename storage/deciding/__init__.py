"""What a person decides: ``asked`` the held blocks, ``choosing`` which of them is meant and whether it can be decided,
``recording`` a decision about one or many, ``publishing`` what is accepted, ``reopening`` a decision taken back.
"""
