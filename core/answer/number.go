package answer

import (
	"math"
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// wholePart cuts off the fraction of a number without a sign, as JSON or a person writes it: 3599,
// 3599.5, 3.6e3. It returns math.MaxInt64 for a number that is greater. It works without floating
// point, because the tables that strconv needs for that are a large part of the compact module.
func wholePart(number string) (int64, bool) {
	exponent := int64(0)
	if at := strings.IndexAny(number, "eE"); at >= 0 {
		power, negative := strings.CutPrefix(number[at+1:], "-")
		if !negative {
			power = strings.TrimPrefix(power, "+")
		}
		size, ok := core.WholeNumber(power)
		if !ok {
			return 0, false
		}
		exponent, number = size, number[:at]
		if negative {
			exponent = -size
		}
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	end := int64(len(whole)) + exponent
	n := int64(0)
	for i := int64(0); i < end && (n > 0 || i < int64(len(digits))); i++ {
		if n > math.MaxInt64/10-1 {
			return math.MaxInt64, true
		}
		n *= 10
		if i < int64(len(digits)) {
			n += int64(digits[i] - '0')
		}
	}
	return n, true
}
