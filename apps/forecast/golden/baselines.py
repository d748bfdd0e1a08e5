"""Writes baselines.json with statsmodels: apt-get install python3-statsmodels, then run this. Needs no data."""

import json
import pathlib
import warnings

import numpy
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

warnings.filterwarnings("ignore")
M, T, H = 4, 48, 6
t = numpy.arange(T)
y = 50 + 0.6 * t + 8 * numpy.cos(2 * numpy.pi * t / M) + 3 * numpy.cos(1.7 * t * t)
NAMES = {"A": "add", "M": "mul", "N": None, "Ad": "add"}


def ets(error, trend, season):
    seasonal = [4.0, -2.0, -3.0, 1.0]
    model = ETSModel(
        y, error=NAMES[error], trend=NAMES[trend], damped_trend=trend == "Ad", seasonal=NAMES[season],
        seasonal_periods=M if season != "N" else None, initialization_method="known", initial_level=52.0,
        initial_trend=0.5 if trend != "N" else None, initial_seasonal=seasonal if season != "N" else None,
    )
    given = dict(smoothing_level=0.4, smoothing_trend=0.1, smoothing_seasonal=0.2, damping_trend=0.9)
    params = [given.get(name) for name in model.param_names if name in given]
    result = model.smooth(params)
    best = model.fit(disp=0, maxiter=2000)
    return dict(
        form=dict(error=error, trend=trend, season=season), season=seasonal if season != "N" else [],
        logLikelihood=float(result.llf), best=float(best.llf), forecast=result.forecast(H).tolist(),
    )


forms = [(e, d, s) for e in "AM" for d in ("N", "A", "Ad") for s in "NA"]  # of a season that multiplies see ets.R
sarima = SARIMAX(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, M)).fit(disp=0).get_forecast(H)
written = dict(
    y=y.tolist(), ets=[ets(*form) for form in forms],
    arima=dict(means=sarima.predicted_mean.tolist(), deviations=sarima.se_mean.tolist()),
)
pathlib.Path(__file__).with_name("baselines.json").write_text(json.dumps(written) + "\n")
