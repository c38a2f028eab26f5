# Prints each file of the arguments, and each of the project that one of them includes, once.
# A name in quotes is one of src/, else one beside the file that includes it. A compiler knows
# this better (cc -MM), a hundred times as slowly; an #include that an #if hides is printed, too.

BEGIN {
	for (i = 1; i < ARGC; i++)
		visit(ARGV[i])
}

function visit(file,    line, found, beside) {
	if (file in seen)
		return
	seen[file] = 1
	print file
	beside = file
	sub(/[^\/]*$/, "", beside)
	while ((getline line < file) > 0)
		if (line ~ /^[ \t]*#[ \t]*include[ \t]*"/) {
			split(line, found, "\"")
			visit(is_there("src/" found[2]) ? "src/" found[2] : beside found[2])
		}
	close(file)
}

function is_there(file,    line, there) {
	if (file in seen)
		return 1
	there = (getline line < file) >= 0
	close(file)
	return there
}
