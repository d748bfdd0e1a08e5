# Writes forecast-r.json with R's forecast: apt-get install r-cran-forecast, then Rscript forecast.R. Needs no data.
suppressMessages(library(forecast))
numbers <- function(x) paste0("[", paste(format(x, digits = 17, trim = TRUE), collapse = ","), "]")
formula <- function(n, phase) 100 + 20 * cos(0.9 * seq_len(n) + phase) + 7 * cos(0.37 * seq_len(n) * seq_len(n) + phase)
training <- formula(60, 1)
actual <- formula(12, 2)
point <- formula(12, 2.3)
scaled <- function(period) {
  series <- ts(training, frequency = period)
  forecast <- snaive(series, h = 12) # for its form; its values are replaced
  forecast$mean[] <- point
  accuracy(forecast, actual, d = as.numeric(period == 1), D = as.numeric(period > 1))["Test set", "MASE"]
}
first <- formula(40, 0.5) - 100
second <- formula(40, 1.5) - 99
tests <- sapply(1:3, function(h) {
  test <- dm.test(first, second, h = h, power = 1)
  c(test$statistic, test$p.value)
})
cat(sprintf('{"training":%s,"actual":%s,"point":%s,"mase":{"1":%.15g,"12":%.15g},"first":%s,"second":%s,"dm":%s}\n',
  numbers(training), numbers(actual), numbers(point), scaled(1), scaled(12), numbers(abs(first)), numbers(abs(second)),
  paste0("[", paste(apply(tests, 2, numbers), collapse = ","), "]")), file = "forecast-r.json")
