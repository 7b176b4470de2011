"""The class report: what went wrong, how often, in which words; and what a person should look at.

`gather` reads the kept results, `items` weighs tasks and misconceptions, `prints` and `alike` compare programs,
`people` decides how students are called, `findings` puts it together; `figures`, `tables` and `page` show it.
`feedback` writes a page per student; `start` says where to start, `prose` and `formulas` make HTML of what people
wrote, `book_link` finds the book. Both kinds of page are filled in with `page_templates`.
"""

from grading.report.page import Report, write_report

__all__ = ["Report", "write_report"]
