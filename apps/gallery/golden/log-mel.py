"""Golden vectors of the mel power from librosa: python3 golden/log-mel.py > golden/log-mel.json (needs python3-librosa).

Of a made-up signal, a tone that rises, in float64: its frames, and of each frame the power in 40 bands.
"""
import json
import librosa
import numpy as np

k = np.arange(1200)
signal = 0.5 * np.cos(0.05 * k + 0.0007 * k**2) + 0.1 * np.cos(2.1 * k)
power = librosa.feature.melspectrogram(
    y=signal, sr=8000, n_fft=256, hop_length=80, center=False, window="hann", n_mels=40, htk=True, norm=None, power=2.0
)
print(json.dumps([[float(f"{x:.7g}") for x in frame] for frame in power.T], separators=(",", ":")))
