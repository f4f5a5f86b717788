"""Solutions: the package is opened and checked, imported as a job that takes time, and what it holds then exists.

1. `package` opens the zip and parses its two XML files; `manifest`, `components` and `attributes` read them,
2. `checks` says what is wrong with a package in this environment,
3. `install` makes tables, columns, relationships, keys, option sets, roles, forms and views; `uninstall` takes them away,
4. `jobs` lets imports go on by the server's clock; `report` writes their result; `actions` are the requests.

Source: learn.microsoft.com, "Work with solutions", "Solution file reference", and the schemas of the SDK.
"""
