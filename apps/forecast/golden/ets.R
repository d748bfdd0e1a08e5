# Writes ets.json with R's forecast, whose multiplicative season is that of Hyndman et al.: Rscript ets.R. Needs baselines.json.
suppressMessages(library(forecast))
y <- as.numeric(strsplit(gsub('.*"y": \\[([^]]*)\\].*', "\\1", readLines("baselines.json", warn = FALSE)[1]), ",")[[1]])
series <- ts(y, frequency = 4)
numbers <- function(x) paste0("[", paste(format(x, digits = 15, trim = TRUE), collapse = ","), "]")
one <- function(model, damped) {
  fit <- ets(series, model = model, damped = damped)
  par <- function(name, other) if (name %in% names(fit$par)) fit$par[[name]] else other
  trend <- if (substr(model, 2, 2) == "N") "N" else if (damped) "Ad" else "A"
  state <- as.numeric(fit$states[1, ])
  season <- rev(tail(state, 4)) # R keeps the last season first
  n <- length(y)
  sprintf(paste0('{"form":{"error":"M","trend":"%s","season":"M"},"parameters":{"alpha":%.15g,"beta":%.15g,"gamma":%.15g,',
    '"phi":%.15g},"initial":{"level":%.15g,"trend":%.15g,"season":%s},"logLikelihood":%.15g,"forecast":%s}'),
    trend, par("alpha", 0), par("beta", 0), par("gamma", 0), par("phi", 1), state[1],
    if (trend == "N") 0 else state[2], numbers(season), fit$loglik - n / 2 * (log(2 * pi / n) + 1),
    numbers(as.numeric(forecast(fit, h = 6)$mean)))
}
cat("[", paste(one("MNM", FALSE), one("MAM", FALSE), one("MAM", TRUE), sep = ","), "]\n", sep = "", file = "ets.json")
