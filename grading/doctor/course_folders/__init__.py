"""A course folder as a whole: what students may have of it, a new one beside it, its next term.

`publish` writes the folder for students' repository after `leaks` has looked through it and its history for
anything that is the staff's (`texts` reads files of all kinds); `repository` tells which repository buttons may
open; `new_course` makes a course folder that uses this installation; `terms` puts a term away and brings it back.
"""
