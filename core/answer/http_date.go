package answer

import (
	"strings"

	"github.com/fetchtoken/fetchtoken/core"
)

// httpDate reads an HTTP date in any of its three forms (RFC 9110 section 5.6.7), as seconds since
// the epoch. It ignores the day of the week. near is about the current time, in seconds too: a year
// of two digits is the last such year that is at most 50 years after it.
func httpDate(text string, near int64) (int64, bool) {
	parts := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == '-' })
	if len(parts) == 5 { // Sun Nov  6 08:49:37 1994
		parts = []string{"", parts[2], parts[1], parts[4], parts[3], "GMT"}
	}
	if len(parts) != 6 || parts[5] != "GMT" {
		// Sun, 06 Nov 1994 08:49:37 GMT or Sunday, 06-Nov-94 08:49:37 GMT
		return 0, false
	}
	day, ok := core.WholeNumber(parts[1])
	month := int64(strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", parts[2]))
	year, isYear := core.WholeNumber(parts[3])
	time, isTime := timeOfDay(parts[4])
	if !ok || !isYear || !isTime || len(parts[2]) != 3 || month < 0 || month%3 != 0 {
		return 0, false
	}
	month = month/3 + 1
	switch len(parts[3]) {
	case 4:
		days, ok := daysFromDate(year, month, day)
		return days*secondsPerDay + time, ok
	case 2:
		const secondsPerYear = 31_556_952 // the average of the Gregorian calendar
		thisYear := 1970 + near/secondsPerYear
		for year += thisYear - thisYear%100 + 100; year > 0; year -= 100 {
			days, ok := daysFromDate(year, month, day)
			if seconds := days*secondsPerDay + time; ok && seconds <= near+50*secondsPerYear {
				return seconds, true
			}
		}
	}
	return 0, false
}

// isoDate reads a date and time of ISO 8601 with its time zone, as seconds since the epoch:
// 2023-11-14T22:13:20.5Z, 2023-11-14 23:13:20+01:00. It rejects a time without a zone.
func isoDate(text string) (int64, bool) {
	if len(text) < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' && text[10] != ' ' {
		return 0, false
	}
	year, ok := core.WholeNumber(text[:4])
	month, isMonth := core.WholeNumber(text[5:7])
	day, isDay := core.WholeNumber(text[8:10])
	time, isTime := timeOfDay(text[11:19])
	if !ok || !isMonth || !isDay || !isTime || month < 1 || month > 12 {
		return 0, false
	}
	days, isDate := daysFromDate(year, month, day)
	zone := text[19:]
	if zone[0] == '.' || zone[0] == ',' {
		zone = strings.TrimLeft(zone[1:], "0123456789")
	}
	offset, isZone := zoneOffset(strings.TrimSpace(zone))
	return days*secondsPerDay + time - offset, isDate && isZone
}

// zoneOffset reads a time zone as seconds: Z, UTC, +01:00, -0530, +01.
func zoneOffset(zone string) (int64, bool) {
	switch zone {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	case "":
		return 0, false
	}
	digits := strings.Replace(zone[1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	hhmm, ok := core.WholeNumber(digits)
	if !ok || len(digits) != 4 || hhmm > 2359 || zone[0] != '+' && zone[0] != '-' {
		return 0, false
	}
	offset := (hhmm/100*60 + hhmm%100) * 60
	if zone[0] == '-' {
		offset = -offset
	}
	return offset, true
}

const secondsPerDay = 24 * 60 * 60

// timeOfDay reads 08:49:37 as seconds. A leap second is 60.
func timeOfDay(text string) (int64, bool) {
	if len(text) != 8 || text[2] != ':' || text[5] != ':' {
		return 0, false
	}
	hour, ok := core.WholeNumber(text[:2])
	minute, isMinute := core.WholeNumber(text[3:5])
	second, isSecond := core.WholeNumber(text[6:])
	return (hour*60+minute)*60 + second, ok && isMinute && isSecond && hour < 24 && minute < 60 &&
		second <= 60
}

// daysFromDate returns the days of the Gregorian calendar since 1 January 1970, and whether the
// date exists.
func daysFromDate(year, month, day int64) (int64, bool) {
	lengths := "\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"
	length := int64(lengths[month-1])
	if month == 2 && (year%4 == 0 && year%100 != 0 || year%400 == 0) {
		length++
	}
	if year < 1 || day < 1 || day > length {
		return 0, false
	}
	if month <= 2 { // the year begins in March, so that the leap day is its last day
		year--
		month += 12
	}
	return year*365 + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468, true
}
