"""What Chinese agencies print: ``chinese`` its words and signs, ``customs`` the tables of China Customs,
``customs_site`` where they are listed,
``payments`` the tables of SAFE, ``period_columns`` their headings.
"""
