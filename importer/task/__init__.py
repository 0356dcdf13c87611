"""What a task is: fields, values, schema, names, families. Knows no files, wire, clocks or terminal."""
