"""Feedback on its way home: which pages may go out, to which address each, and in what each platform takes.

`outgoing` writes the pages anew and holds back what is not final; `addresses` finds the one place of each page, or
says why there is none; `archives` packs what Moodle and Canvas take back, `comments` fills a platform's column of
comments, `mail` writes and sends messages, `exchange` serves nbgrader's.
"""
