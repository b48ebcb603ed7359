"""Press text → figures, by grammar: a figure is placed where the text says all of its meaning, else it is listed.

``texts`` makes paragraphs of a document, ``sentences`` sentences of those, each with its place; ``words`` makes tokens
of a sentence. ``mentions`` is what a sentence speaks of at a point; ``clauses`` walks over tokens, ``amounts`` says
what a figure is beside them, ``closing`` what a clause means at its end. ``text`` goes from sentence to sentence,
``placing`` settles at last what only the whole text says (whose figures they are, growth's kind and money).
"""
