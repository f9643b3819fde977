# SPDX-License-Identifier: GPL-2.0-or-later

# The median of numbers in a string with spaces between; 0 if there are none.
function median(numbers,    v, n, i, j, t) {
	n = split(numbers, v, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	return n == 0 ? 0 : n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
